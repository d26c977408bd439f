// Copies a matrix between any two layouts, in blocks where it amounts to a transpose.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace adjoint {

template <class T>
void copyMatrix(std::int64_t rows, std::int64_t cols, const T* from, std::int64_t fromRow,
                std::int64_t fromCol, T* to, std::int64_t toRow, std::int64_t toCol) {
  // Let the columns be the target's fast direction.
  if (std::abs(toRow) < std::abs(toCol)) {
    std::swap(rows, cols);
    std::swap(fromRow, fromCol);
    std::swap(toRow, toCol);
  }
  if (fromCol == 1 && toCol == 1) {
    if (fromRow == cols && toRow == cols) {
      cols *= rows;
      rows = 1;
    }
    for (std::int64_t i = 0; i < rows; ++i) {
      if (cols > 0) {
        std::memmove(to + i * toRow, from + i * fromRow,
                     static_cast<std::size_t>(cols) * sizeof(T));
      }
    }
    return;
  }
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t ib = 0; ib < rows; ib += kBlock) {
    const std::int64_t iEnd = std::min(ib + kBlock, rows);
    for (std::int64_t jb = 0; jb < cols; jb += kBlock) {
      const std::int64_t jEnd = std::min(jb + kBlock, cols);
      for (std::int64_t i = ib; i < iEnd; ++i) {
        for (std::int64_t j = jb; j < jEnd; ++j) {
          to[i * toRow + j * toCol] = from[i * fromRow + j * fromCol];
        }
      }
    }
  }
}

// In place.
template <class T>
void transposeSquare(std::int64_t n, T* x) {
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t ib = 0; ib < n; ib += kBlock) {
    const std::int64_t iEnd = std::min(ib + kBlock, n);
    for (std::int64_t jb = 0; jb <= ib; jb += kBlock) {
      for (std::int64_t i = ib; i < iEnd; ++i) {
        const std::int64_t jEnd = std::min(jb + kBlock, i);
        for (std::int64_t j = jb; j < jEnd; ++j) std::swap(x[i * n + j], x[j * n + i]);
      }
    }
  }
}

}  // namespace adjoint
