// SPDX-License-Identifier: Apache-2.0
// A library without interface: it is preloaded.
#pragma once
