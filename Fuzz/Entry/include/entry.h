// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include <stdint.h>

// The entry point: SwiftPM gives every executable one of the executable's name, where libFuzzer would put `main`.
int fuzz_main(int count, char **arguments);
