// A plugin of qemu-user (TCG) that counts the guest instructions a program executes, by range of
// addresses and by phase.
//
//	qemu-aarch64 -plugin count.so,map=FILE,out=FILE program
//
// The map has a line "mark" of an address, then a line for each range, "start end", all in hex, in
// ascending order. The first instruction at the mark begins a phase. The thread that executes it is
// counted, no other; what it executes before the first mark is not counted. At the end of the program
// out has a line "phase range count" for each count that is not 0, where range 0 is all other code
// and range i is the i-th of the map.
//
// The declarations below are what this file uses of the interface that qemu documents for plugins.
// -DVERSION is the version of it that this plugin claims: qemu refuses others than it knows, from 1
// only (7.2) to 2 and more (9.0 and later). What this file uses is the same in all of them.

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { NO_REGISTERS = 0 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*f)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*f)(unsigned, void *), int flags,
	void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*f)(unsigned, void *),
	int flags, void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*f)(plugin_id, void *), void *data);

__attribute__((visibility("default"))) int qemu_plugin_version = VERSION;

enum { MOST_RANGES = 1 << 14, MOST_PHASES = 1 << 14, NOBODY = -1 };

static struct { uint64_t start, end; } ranges[MOST_RANGES + 1]; // from 1
static int count; // of ranges
static uint64_t mark;
static const char *out;

static uint64_t *phases[MOST_PHASES]; // for each, a count for each range
static int phase = -1;
static int owner = NOBODY; // the thread that is counted; it alone writes phase and counts

// piece is the instructions of one range that stand together in a block of code.
struct piece { int range, instructions; };

static void fail(const char *what) {
	fprintf(stderr, "count.so: %s\n", what);
	exit(3);
}

static void *room(size_t n, size_t size) {
	void *p = calloc(n, size);
	if (!p) fail("out of memory");
	return p;
}

// range_of searches for the range of an address.
static int range_of(uint64_t address) {
	int low = 1, high = count;
	while (low <= high) {
		int mid = (low + high) / 2;
		if (address < ranges[mid].start) high = mid - 1;
		else if (address >= ranges[mid].end) low = mid + 1;
		else return mid;
	}
	return 0;
}

// executed runs before each execution of a block that has the piece.
static void executed(unsigned thread, void *data) {
	struct piece *p = data;
	if (phase >= 0 && (int)thread == owner) phases[phase][p->range] += p->instructions;
}

static void marked(unsigned thread, void *data) {
	(void)data;
	if (owner != NOBODY && (int)thread != owner) fail("two threads reach the mark");
	owner = (int)thread;
	if (phase + 1 == MOST_PHASES) fail("too many phases");
	phases[phase + 1] = room(count + 1, sizeof **phases);
	phase++;
}

// translated runs once for each block. A block has one entry and is executed to its end, unless an
// instruction faults.
static void translated(plugin_id id, struct qemu_plugin_tb *tb) {
	(void)id;
	struct piece *p = NULL;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);
		int range = range_of(address);
		if (address == mark) qemu_plugin_register_vcpu_insn_exec_cb(insn, marked, NO_REGISTERS, NULL);
		if (!p || p->range != range) {
			p = room(1, sizeof *p);
			p->range = range;
			qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, NO_REGISTERS, p);
		}
		p->instructions++;
	}
}

static void finished(plugin_id id, void *data) {
	(void)id, (void)data;
	FILE *f = fopen(out, "w");
	if (!f) fail("cannot write the counts");
	for (int i = 0; i <= phase; i++)
		for (int r = 0; r <= count; r++)
			if (phases[i][r]) fprintf(f, "%d %d %" PRIu64 "\n", i, r, phases[i][r]);
	if (fclose(f)) fail("cannot write the counts");
}

static void read_map(const char *name) {
	FILE *f = fopen(name, "r");
	if (!f || fscanf(f, "%" SCNx64, &mark) != 1) fail("cannot read the map");
	for (;;) {
		uint64_t start, end;
		if (fscanf(f, "%" SCNx64 " %" SCNx64, &start, &end) != 2) break;
		if (++count > MOST_RANGES) fail("too many ranges");
		if (start >= end || start < ranges[count - 1].end) fail("the ranges do not ascend");
		ranges[count].start = start;
		ranges[count].end = end;
	}
	if (!feof(f)) fail("the map has a line that is no range");
	fclose(f);
}

__attribute__((visibility("default")))
int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
	(void)info;
	const char *map = NULL;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "map=", 4)) map = argv[i] + 4;
		else if (!strncmp(argv[i], "out=", 4)) out = strdup(argv[i] + 4);
		else fail("an argument is neither map= nor out=");
	}
	if (!map || !out) fail("want map=FILE,out=FILE");
	read_map(map);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finished, NULL);
	return 0;
}
