# Makefile: the front door. `make demo` makes pictures, `make test` passes the tests; meson and ninja do the work.
BUILD  = build
PREFIX = /usr/local
HEAD   = phantom:head
DEMO   = demo

# meson's many words are for those whose setup fails
SETUP = setup() { meson setup $$* >$(BUILD).log 2>&1 || { cat $(BUILD).log; return 1; }; rm -f $(BUILD).log; }; setup

all: $(BUILD)/build.ninja
	@ninja --quiet -C $(BUILD)

$(BUILD)/build.ninja:
	@tools/deps build
	@$(SETUP) $(BUILD)

# a folder of pictures of one head: make demo HEAD=scan.nii.gz
demo: all
	@tools/demo $(BUILD)/pellucid '$(HEAD)' '$(DEMO)'

test:
	@tools/deps build test
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@$(SETUP) --reconfigure $(BUILD) -Dtests=enabled
	@ninja --quiet -C $(BUILD)
	@meson test -C $(BUILD) --no-rebuild --print-errorlogs

# speed of kernels and operations on this machine
bench: $(BUILD)/build.ninja
	@$(SETUP) --reconfigure $(BUILD) -Dbench=true
	@ninja --quiet -C $(BUILD)
	@meson test -C $(BUILD) --no-rebuild --benchmark --verbose

# a volume of 8 GB, in 11 GB of memory and a temporary folder: make bench-big BIG=1024 TMPDIR=/scratch for others
BIG = 2048
bench-big: $(BUILD)/build.ninja
	@$(SETUP) --reconfigure $(BUILD) -Dbench=true
	@ninja --quiet -C $(BUILD)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(BUILD)/bench/bench_big $(BIG) "$$folder"

install: $(BUILD)/build.ninja
	@$(SETUP) --reconfigure $(BUILD) --prefix='$(abspath $(PREFIX))'
	@ninja --quiet -C $(BUILD)
	@DESTDIR='$(DESTDIR)' meson install -C $(BUILD) --no-rebuild --quiet
	@if [ -z '$(DESTDIR)' ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi

# the Debian packages that building and testing need
deps:
	@tools/deps build test

# the pages that come from tables and headers; the pictures of the README and the guide
docs: all
	@tools/gen_docs --program $(BUILD)/pellucid

pictures: all
	@tools/pictures $(BUILD)/pellucid

clean:
	@rm -rf $(BUILD) $(DEMO)

.PHONY: all demo test bench bench-big install deps docs pictures clean
