// The vectors that the padded columns of tridiagonalise.h are whole numbers of; compiled for every
// target (see simd/target.h).
#if defined(ADJOINT_LAPACK_PADDED_VECTOR_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_LAPACK_PADDED_VECTOR_H
#undef ADJOINT_LAPACK_PADDED_VECTOR_H
#else
#define ADJOINT_LAPACK_PADDED_VECTOR_H
#endif

#include <cstddef>
#include <cstdint>

#include "tridiagonalise.h"

HWY_BEFORE_NAMESPACE();
namespace adjoint {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Tag = hn::CappedTag<T, static_cast<std::size_t>(kPadding<T>)>;
template <class T>
using Vector = hn::Vec<Tag<T>>;
template <class T>
constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(Tag<T>()));

}  // namespace HWY_NAMESPACE
}  // namespace adjoint
HWY_AFTER_NAMESPACE();

#endif
