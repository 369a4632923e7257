/* SPDX-License-Identifier: Apache-2.0 */
/* pellucid.h: all of the library. */
#ifndef PELLUCID_H
#define PELLUCID_H

#include <pellucid/base.h>
#include <pellucid/flatten.h>
#include <pellucid/image.h>
#include <pellucid/mesh.h>
#include <pellucid/phantoms.h>
#include <pellucid/pipeline.h>
#include <pellucid/read.h>
#include <pellucid/see.h>
#include <pellucid/surface.h>
#include <pellucid/transform.h>
#include <pellucid/volume.h>
#include <pellucid/write.h>

#endif
