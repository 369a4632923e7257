# Makefile: the front door. `make demo` makes pictures, `make test` passes the tests; meson and ninja do the work.
BUILD = build

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD)

test: all
	@meson test -C $(BUILD) --print-errorlogs

.PHONY: all test
