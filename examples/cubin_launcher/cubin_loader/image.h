// SPDX-License-Identifier: Apache-2.0
//
// Checks of a payload before the driver sees it. The driver takes no size and trusts the image's
// own headers, so a truncated or foreign payload must be stopped here.
#ifndef CUBIN_LOADER_IMAGE_H_
#define CUBIN_LOADER_IMAGE_H_

#include <tvm/ffi/string.h>

namespace cubin_loader {

// Each throws ValueError that says what is wrong unless `image` has the kind's shape and is
// complete.
void CheckCubin(const tvm::ffi::Bytes& image);
void CheckFatbin(const tvm::ffi::Bytes& image);
void CheckPtx(const tvm::ffi::Bytes& image);

}  // namespace cubin_loader

#endif  // CUBIN_LOADER_IMAGE_H_
