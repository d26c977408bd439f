// For files that use the per-target loops, but compile them for the baseline alone: their functions
// come from libraries that do not care.
#pragma once

#include "enabled_targets.h"

#include <hwy/highway.h>
