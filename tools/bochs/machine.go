package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// machine is the emulated one and the directory that has it.
type machine struct{ dir string }

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

// command runs a command in the machine's directory. Its output goes to a log; an error names it.
func (m *machine) command(dir, name string, args ...string) error {
	log := m.path("build.log")
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = m.path(dir), out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w, see %s", name, strings.Join(args, " "), err, log)
	}
	return nil
}

// exists reports whether a file is there.
func (m *machine) exists(name string) bool {
	_, err := os.Stat(m.path(name))
	return err == nil
}

// suite is the release of Debian whose packages the machine is made of: with the kernel of
// the one before, 6.1, it hangs at the start.
const suite = "trixie"

// apt are options by which apt-get has lists of its own and needs no privileges.
func (m *machine) apt() []string {
	var list []string
	for _, option := range []string{"Dir::Etc::sourcelist=" + m.path("apt/sources.list"),
		"Dir::Etc::sourceparts=/dev/null", "Dir::State::lists=" + m.path("apt/lists"),
		"Dir::Cache=" + m.path("apt/cache"), "APT::Sandbox::User=root", "Debug::NoLocking=1"} {
		list = append(list, "-o", option)
	}
	return list
}

// update fetches the lists of packages.
func (m *machine) update() error {
	for _, dir := range []string{"apt/lists/partial", "apt/cache/archives/partial"} {
		if err := os.MkdirAll(m.path(dir), 0o755); err != nil {
			return err
		}
	}
	const list = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " +
		"https://deb.debian.org/debian " + suite + " main\n"
	if err := os.WriteFile(m.path("apt/sources.list"), []byte(list), 0o644); err != nil {
		return err
	}
	return m.command(".", "apt-get", append(m.apt(), "update")...)
}

// The source of Bochs 3.0, to which edits belong, with its SHA-256.
const (
	source    = "https://deb.debian.org/debian/pool/main/b/bochs/bochs_3.0+dfsg.orig.tar.xz"
	sourceSum = "78f6c73d4a6472d5130a87ab9dc306d02c7c71ed8e25b3a8ef642e2a7acd282b"
)

// download fetches a file, which must have the given SHA-256.
func (m *machine) download(name, url, sum string) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(content)); got != sum {
		return fmt.Errorf("%s has the SHA-256 %s, want %s", url, got, sum)
	}
	return os.WriteFile(m.path(name), content, 0o644)
}

// configuration is how Bochs is built: with the CPU's extensions, and without windows.
const configuration = "--enable-cpu-level=6 --enable-x86-64 --enable-fpu --enable-avx --enable-evex " +
	"--enable-amx --enable-smp --enable-pci --enable-all-optimizations --disable-docbook --disable-plugins " +
	"--disable-debugger --disable-debugger-gui --with-nogui --without-x --without-x11 --without-sdl " +
	"--without-sdl2 --without-wx"

// buildEmulator builds Bochs from Debian's source.
func (m *machine) buildEmulator() error {
	if m.exists("source/bochs") {
		return nil
	}
	fmt.Println("building the emulator in", m.dir)
	if err := os.RemoveAll(m.path("source")); err != nil {
		return err
	}
	if err := os.MkdirAll(m.path("source"), 0o755); err != nil {
		return err
	}
	if err := m.download("bochs.tar.xz", source, sourceSum); err != nil {
		return err
	}
	if err := m.command("source", "tar", "-xf", "../bochs.tar.xz", "--strip-components=1"); err != nil {
		return err
	}
	if err := apply(m.path("source")); err != nil {
		return err
	}
	if err := m.command("source", "./configure", strings.Fields(configuration)...); err != nil {
		return err
	}
	return m.command("source", "make", fmt.Sprintf("-j%d", runtime.NumCPU()))
}

// fetchKernel fetches Debian's kernel for virtual machines.
func (m *machine) fetchKernel() error {
	if m.exists("kernel/boot") {
		return nil
	}
	fmt.Println("fetching the kernel")
	if err := m.update(); err != nil {
		return err
	}
	out, err := exec.Command("apt-cache", append(m.apt(), "depends", "linux-image-cloud-amd64")...).Output()
	if err != nil {
		return fmt.Errorf("apt-cache depends: %w", err)
	}
	found := regexp.MustCompile(`Depends: (linux-image-\S+)`).FindSubmatch(out)
	if found == nil {
		return fmt.Errorf("no kernel in what apt-cache says: %s", out)
	}
	if err := m.command(".", "apt-get", append(m.apt(), "download", string(found[1]))...); err != nil {
		return err
	}
	packages, err := filepath.Glob(m.path(string(found[1]) + "_*.deb"))
	if err != nil || len(packages) == 0 {
		return fmt.Errorf("apt-get has fetched no %s", found[1])
	}
	return m.command(".", "dpkg-deb", "-x", packages[len(packages)-1], "kernel")
}

// writeImage writes the image of a disc that starts the kernel with the tests, and the emulator's settings.
func (m *machine) writeImage(cpu string, packages, args []string) error {
	if err := m.buildTests(packages); err != nil {
		return err
	}
	kernels, err := filepath.Glob(m.path("kernel/boot/vmlinuz-*"))
	if err != nil || len(kernels) != 1 {
		return fmt.Errorf("the kernel is %q, want one file", kernels)
	}
	if err := os.MkdirAll(m.path("disc"), 0o755); err != nil {
		return err
	}
	files := map[string]string{"isolinux.bin": "/usr/lib/ISOLINUX/isolinux.bin", "vmlinuz": kernels[0],
		"ldlinux.c32": "/usr/lib/syslinux/modules/bios/ldlinux.c32"}
	for name, from := range files {
		content, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("%w: install Debian's isolinux and syslinux-common", err)
		}
		if err := os.WriteFile(m.path("disc/"+name), content, 0o644); err != nil {
			return err
		}
	}
	if err := m.writeFiles(args); err != nil {
		return err
	}
	settings := map[string]string{"disc/isolinux.cfg": isolinux, "bochsrc": "cpu: model=" + cpu + bochsrc}
	for name, text := range settings {
		if err := os.WriteFile(m.path(name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return m.command(".", "genisoimage", "-quiet", "-o", "disc.iso", "-b", "isolinux.bin", "-c", "boot.cat",
		"-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "disc")
}

// isolinux starts the kernel. no5lvl: Bochs cannot leave system management mode with page tables of five
// levels, and the firmware enters it where Linux switches ACPI on. The clock and the timer must be those
// that go by the emulator's clock; that of the CPU claims two billion ticks a second, of which each is an
// instruction.
const isolinux = `DEFAULT linux
PROMPT 0
LABEL linux
  KERNEL /vmlinuz
  APPEND ` + parameters + `
`

const parameters = "initrd=/files rdinit=/init console=ttyS0 quiet panic=0 no5lvl nokaslr mitigations=off " +
	"tsc=unstable clocksource=hpet nolapic_timer"

// bochsrc describes the machine, behind the model of its CPU: one of them, on which the kernel switches
// threads. Its clock counts instructions, 25 million a second. That is few, since one product of tiles takes
// the emulator a millisecond.
const bochsrc = `, count=1, ips=25000000
clock: sync=none
memory: guest=1024, host=1024
romimage: file=source/bios/bios.bin-1.13.0
vgaromimage: file=source/bios/vgabios-cirrus.bin-1.13.0
display_library: nogui
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=serial.txt
log: bochs.log
panic: action=fatal
error: action=report
info: action=ignore
`
