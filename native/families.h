// The kernel families. A new file of kernels adds its line here; a new kernel does not.
#pragma once

namespace adjoint {

class KernelTable;

void registerArithmetic(KernelTable& table);
void registerComplexArithmetic(KernelTable& table);
void registerIntegerArithmetic(KernelTable& table);
void registerElementary(KernelTable& table);
void registerComplexElementary(KernelTable& table);
void registerGamma(KernelTable& table);
void registerCLogarithm(KernelTable& table);
void registerCompare(KernelTable& table);
void registerSelect(KernelTable& table);
void registerCopy(KernelTable& table);
void registerReduce(KernelTable& table);
void registerScan(KernelTable& table);
void registerCrossEntropy(KernelTable& table);
void registerSoftmax(KernelTable& table);
void registerGather(KernelTable& table);
void registerSort(KernelTable& table);
void registerRange(KernelTable& table);
void registerMatmul(KernelTable& table);
void registerSyevd(KernelTable& table);
void registerGeev(KernelTable& table);
void registerGetrf(KernelTable& table);
void registerGetrs(KernelTable& table);
void registerInverse(KernelTable& table);
void registerPotrf(KernelTable& table);
void registerPotri(KernelTable& table);
void registerCholeskyPullback(KernelTable& table);
void registerTriangular(KernelTable& table);
void registerGesdd(KernelTable& table);
void registerGeqrf(KernelTable& table);
void registerPermutedLu(KernelTable& table);
void registerExpm(KernelTable& table);
void registerRefinement(KernelTable& table);
void registerGauge(KernelTable& table);
void registerEigenCombination(KernelTable& table);
void registerEigenpairProduct(KernelTable& table);
void registerSytrd(KernelTable& table);
void registerStebz(KernelTable& table);
void registerDeflatedSolve(KernelTable& table);
void registerGees(KernelTable& table);
void registerSylvester(KernelTable& table);
void registerSqrtm(KernelTable& table);
void registerLogm(KernelTable& table);

inline constexpr void (*kFamilies[])(KernelTable&) = {
    registerArithmetic,
    registerComplexArithmetic,
    registerIntegerArithmetic,
    registerElementary,
    registerComplexElementary,
    registerGamma,
    registerCLogarithm,
    registerCompare,
    registerSelect,
    registerCopy,
    registerReduce,
    registerScan,
    registerCrossEntropy,
    registerSoftmax,
    registerGather,
    registerSort,
    registerRange,
    registerMatmul,
    registerSyevd,
    registerGeev,
    registerGetrf,
    registerGetrs,
    registerInverse,
    registerPotrf,
    registerPotri,
    registerCholeskyPullback,
    registerTriangular,
    registerGesdd,
    registerGeqrf,
    registerPermutedLu,
    registerExpm,
    registerRefinement,
    registerGauge,
    registerSytrd,
    registerStebz,
    registerDeflatedSolve,
    registerGees,
    registerSylvester,
    registerSqrtm,
    registerLogm,
    registerEigenCombination,
    registerEigenpairProduct,
};

}  // namespace adjoint
