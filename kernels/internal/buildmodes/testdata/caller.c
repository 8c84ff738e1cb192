/* Prints the digests that the library computes. */
#include <stdio.h>
#include <stdlib.h>

extern char *Digest(void);

int main(void) {
	char *text = Digest();
	fputs(text, stdout);
	free(text);
	return 0;
}
