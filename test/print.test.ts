import { afterEach, expect, test } from "vitest";
import {
  formatArray,
  formatTensor,
  getPrintOptions,
  type PrintOptions,
  setPrintOptions,
} from "../lib/print.js";

type Dtype = Parameters<typeof formatArray>[2];
type Case = [string, number[] | boolean[], number[], Dtype, Partial<PrintOptions>, string[]];

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** The lines are what NumPy 1.24 prints. */
const cases: Case[] = [
  ["no axes", [Math.PI], [], "float64", {}, ["3.14159265"]],
  ["no axes, whole", [1.0], [], "float64", {}, ["1."]],
  ["no axes, bool", [true], [], "bool", {}, ["True"]],
  ["no elements", [], [0, 3], "float64", {}, ["[]"]],
  ["whole numbers", [1.0, 2.0, 3.0, 4.0], [2, 2], "float64", {}, ["[[1. 2.]", " [3. 4.]]"]],
  ["signs", [1.0, -2.5, -30.125, 0.0], [2, 2], "float64", {}, ["[[  1.     -2.5  ]", " [-30.125   0.   ]]"]],
  [
    "eight digits at most",
    [0.1, 0.3333333333333333, 0.6666666666666666, -1.0],
    [4],
    "float64",
    {},
    ["[ 0.1         0.33333333  0.66666667 -1.        ]"],
  ],
  ["negative zero", [-0, 0.0], [2], "float64", {}, ["[-0.  0.]"]],
  ["nan and infinities", [1.5, NaN, Infinity, -Infinity], [4], "float64", {}, ["[ 1.5  nan  inf -inf]"]],
  ["only nan", [NaN, NaN], [2], "float64", {}, ["[nan nan]"]],
  [
    "nan beside long numbers",
    [NaN, -12.25, 100000.0],
    [3],
    "float64",
    { precision: 3 },
    ["[       nan -1.225e+01  1.000e+05]"],
  ],
  ["a large number takes an exponent", [100000000.0, 1.0], [2], "float64", {}, ["[1.e+08 1.e+00]"]],
  ["just below that", [99999999.0, 1.0], [2], "float64", {}, ["[9.9999999e+07 1.0000000e+00]"]],
  ["a small number takes an exponent", [1e-5, 1e-5], [2], "float64", {}, ["[1.e-05 1.e-05]"]],
  ["a wide range takes an exponent", [0.001, 1.5], [2], "float64", {}, ["[1.0e-03 1.5e+00]"]],
  ["a ratio of 1000 does not", [0.001, 1.0], [2], "float64", {}, ["[0.001 1.   ]"]],
  ["exponents of three digits", [1e-300, 1.5e300, 0.0], [3], "float64", {}, ["[1.0e-300 1.5e+300 0.0e+000]"]],
  [
    "the largest and the smallest",
    [1.7976931348623157e308, 5e-324],
    [2],
    "float64",
    {},
    ["[1.79769313e+308 4.94065646e-324]"],
  ],
  ["exponents with nan", [NaN, 1e-10, -Infinity], [3], "float64", {}, ["[   nan 1.e-10   -inf]"]],
  [
    "suppressed",
    [1e-10, 1.5, -2.5e-7],
    [3],
    "float64",
    { suppress: true },
    ["[ 0.          1.5        -0.00000025]"],
  ],
  [
    "large numbers are not suppressed",
    [100000000.0, 1e-8],
    [2],
    "float64",
    { suppress: true },
    ["[1.e+08 1.e-08]"],
  ],
  [
    "ties go to even",
    [0.001953125, 0.005859375],
    [2],
    "float64",
    { precision: 8 },
    ["[0.00195312 0.00585938]"],
  ],
  [
    "ties go to even without digits",
    [0.5, 1.5, 2.5, 9.5],
    [4],
    "float64",
    { precision: 0 },
    ["[ 0.  2.  2. 10.]"],
  ],
  [
    "no digits and an exponent",
    [0.5, 1.5, 2.5, 9.5, 6e-5],
    [5],
    "float64",
    { precision: 0 },
    ["[5.e-01 2.e+00 2.e+00 1.e+01 6.e-05]"],
  ],
  ["rounding carries", [9.9996, 0.5], [2], "float64", { precision: 3 }, ["[10.   0.5]"]],
  [
    "rounding carries into the exponent",
    [9.9996e-9, 1.0],
    [2],
    "float64",
    { precision: 3 },
    ["[1.e-08 1.e+00]"],
  ],
  [
    "precision beyond the shortest digits",
    [0.1, 0.3333333333333333],
    [2],
    "float64",
    { precision: 20 },
    ["[0.1                0.3333333333333333]"],
  ],
  [
    "a power of ten from below",
    [1e23, 1.2345678901234567],
    [2],
    "float64",
    { precision: 16 },
    ["[9.9999999999999992e+22 1.2345678901234567e+00]"],
  ],
  ["a tenth in float32", [0.1, 0.2, 0.3], [3], "float32", {}, ["[0.1 0.2 0.3]"]],
  [
    "a third in float32",
    [0.3333333333333333, 0.6666666666666666],
    [2],
    "float32",
    { precision: 12 },
    ["[0.33333334 0.6666667 ]"],
  ],
  ["the threshold in float32", [0.0001], [1], "float32", {}, ["[1.e-04]"]],
  ["exact digits in float32", [-47697792.0, 1.0], [2], "float32", {}, ["[-4.769779e+07  1.000000e+00]"]],
  ["exact digits before the point in float32", [-47697792.0], [1], "float32", {}, ["[-47697792.]"]],
  [
    "exponents in float32",
    [1.1754943508222875e-38, 3.4028234663852886e38, 1.0],
    [3],
    "float32",
    {},
    ["[1.1754944e-38 3.4028235e+38 1.0000000e+00]"],
  ],
  [
    "ties in float32",
    [0.000244140625, 0.125],
    [2],
    "float32",
    { precision: 11 },
    ["[0.00024414062 0.125        ]"],
  ],
  ["integers", [1, -20, 300, 4], [2, 2], "int32", {}, ["[[  1 -20]", " [300   4]]"]],
  ["extreme integers", [-2147483648, 2147483647], [2], "int32", {}, ["[-2147483648  2147483647]"]],
  ["booleans", [true, false, false, true], [2, 2], "bool", {}, ["[[ True False]", " [False  True]]"]],
  ["only true", [true, true], [2], "bool", {}, ["[ True  True]"]],
  [
    "long lines",
    [
      -1.085630603, 0.997345447, 0.282978498, -1.506294714, -0.578600252, 1.651436537, -2.426679243,
      -0.428912629, 1.265936259, -0.866740402,
    ],
    [10],
    "float64",
    {},
    [
      "[-1.0856306   0.99734545  0.2829785  -1.50629471 -0.57860025  1.65143654",
      " -2.42667924 -0.42891263  1.26593626 -0.8667404 ]",
    ],
  ],
  [
    "long lines of integers",
    range(30),
    [30],
    "int32",
    {},
    ["[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23", " 24 25 26 27 28 29]"],
  ],
  [
    "long rows",
    range(60),
    [2, 30],
    "float64",
    {},
    [
      "[[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.",
      "  18. 19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29.]",
      " [30. 31. 32. 33. 34. 35. 36. 37. 38. 39. 40. 41. 42. 43. 44. 45. 46. 47.",
      "  48. 49. 50. 51. 52. 53. 54. 55. 56. 57. 58. 59.]]",
    ],
  ],
  [
    "rows that just fit",
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 1000.0],
    [1, 16],
    "float64",
    {},
    [
      "[[   0.    1.    2.    3.    4.    5.    6.    7.    8.    9.   10.   11.",
      "    12.   13.   14. 1000.]]",
    ],
  ],
  [
    "a word longer than the line",
    [1.0, 0.1, 1.0, 2.0],
    [1, 2, 2],
    "float64",
    { precision: 8 },
    ["[[[1.  0.1]", "  [1.  2. ]]]"],
  ],
  [
    "three axes",
    range(8),
    [2, 2, 2],
    "float64",
    {},
    ["[[[0. 1.]", "  [2. 3.]]", "", " [[4. 5.]", "  [6. 7.]]]"],
  ],
  [
    "four axes",
    range(12),
    [2, 1, 3, 2],
    "int32",
    {},
    ["[[[[ 0  1]", "   [ 2  3]", "   [ 4  5]]]", "", "", " [[[ 6  7]", "   [ 8  9]", "   [10 11]]]]"],
  ],
  [
    "a random matrix",
    [
      -0.678886152, -0.094708969, 1.491389626, -0.638901997, -0.44398196, -0.434351276, 2.205930083,
      2.186786089, 1.004053898, 0.386186399, 0.737368576, 1.490732028, -0.935833868, 1.175829045,
      -1.253880668, -0.637751502,
    ],
    [4, 4],
    "float64",
    { precision: 3 },
    [
      "[[-0.679 -0.095  1.491 -0.639]",
      " [-0.444 -0.434  2.206  2.187]",
      " [ 1.004  0.386  0.737  1.491]",
      " [-0.936  1.176 -1.254 -0.638]]",
    ],
  ],
  [
    "at the threshold",
    [1.0, 2.0, 3.0, 4.0],
    [2, 2],
    "float64",
    { threshold: 4, edgeItems: 1 },
    ["[[1. 2.]", " [3. 4.]]"],
  ],
  ["a long vector", range(1001), [1001], "float64", {}, ["[   0.    1.    2. ...  998.  999. 1000.]"]],
  [
    "a long vector of integers",
    range(2005).map((i) => i - 5),
    [2005],
    "int32",
    {},
    ["[  -5   -4   -3 ... 1997 1998 1999]"],
  ],
  [
    "a large matrix",
    range(2500),
    [50, 50],
    "float64",
    {},
    [
      "[[0.000e+00 1.000e+00 2.000e+00 ... 4.700e+01 4.800e+01 4.900e+01]",
      " [5.000e+01 5.100e+01 5.200e+01 ... 9.700e+01 9.800e+01 9.900e+01]",
      " [1.000e+02 1.010e+02 1.020e+02 ... 1.470e+02 1.480e+02 1.490e+02]",
      " ...",
      " [2.350e+03 2.351e+03 2.352e+03 ... 2.397e+03 2.398e+03 2.399e+03]",
      " [2.400e+03 2.401e+03 2.402e+03 ... 2.447e+03 2.448e+03 2.449e+03]",
      " [2.450e+03 2.451e+03 2.452e+03 ... 2.497e+03 2.498e+03 2.499e+03]]",
    ],
  ],
  [
    "a tall matrix",
    range(1200),
    [400, 3],
    "float64",
    {},
    [
      "[[0.000e+00 1.000e+00 2.000e+00]",
      " [3.000e+00 4.000e+00 5.000e+00]",
      " [6.000e+00 7.000e+00 8.000e+00]",
      " ...",
      " [1.191e+03 1.192e+03 1.193e+03]",
      " [1.194e+03 1.195e+03 1.196e+03]",
      " [1.197e+03 1.198e+03 1.199e+03]]",
    ],
  ],
  [
    "a large array of three axes",
    range(1200),
    [10, 12, 10],
    "int32",
    {},
    [
      "[[[   0    1    2 ...    7    8    9]",
      "  [  10   11   12 ...   17   18   19]",
      "  [  20   21   22 ...   27   28   29]",
      "  ...",
      "  [  90   91   92 ...   97   98   99]",
      "  [ 100  101  102 ...  107  108  109]",
      "  [ 110  111  112 ...  117  118  119]]",
      "",
      " [[ 120  121  122 ...  127  128  129]",
      "  [ 130  131  132 ...  137  138  139]",
      "  [ 140  141  142 ...  147  148  149]",
      "  ...",
      "  [ 210  211  212 ...  217  218  219]",
      "  [ 220  221  222 ...  227  228  229]",
      "  [ 230  231  232 ...  237  238  239]]",
      "",
      " [[ 240  241  242 ...  247  248  249]",
      "  [ 250  251  252 ...  257  258  259]",
      "  [ 260  261  262 ...  267  268  269]",
      "  ...",
      "  [ 330  331  332 ...  337  338  339]",
      "  [ 340  341  342 ...  347  348  349]",
      "  [ 350  351  352 ...  357  358  359]]",
      "",
      " ...",
      "",
      " [[ 840  841  842 ...  847  848  849]",
      "  [ 850  851  852 ...  857  858  859]",
      "  [ 860  861  862 ...  867  868  869]",
      "  ...",
      "  [ 930  931  932 ...  937  938  939]",
      "  [ 940  941  942 ...  947  948  949]",
      "  [ 950  951  952 ...  957  958  959]]",
      "",
      " [[ 960  961  962 ...  967  968  969]",
      "  [ 970  971  972 ...  977  978  979]",
      "  [ 980  981  982 ...  987  988  989]",
      "  ...",
      "  [1050 1051 1052 ... 1057 1058 1059]",
      "  [1060 1061 1062 ... 1067 1068 1069]",
      "  [1070 1071 1072 ... 1077 1078 1079]]",
      "",
      " [[1080 1081 1082 ... 1087 1088 1089]",
      "  [1090 1091 1092 ... 1097 1098 1099]",
      "  [1100 1101 1102 ... 1107 1108 1109]",
      "  ...",
      "  [1170 1171 1172 ... 1177 1178 1179]",
      "  [1180 1181 1182 ... 1187 1188 1189]",
      "  [1190 1191 1192 ... 1197 1198 1199]]]",
    ],
  ],
  [
    "fewer at the edges",
    range(12),
    [4, 3],
    "float64",
    { threshold: 5, edgeItems: 1 },
    ["[[ 0. ...  2.]", " ...", " [ 9. ... 11.]]"],
  ],
  [
    "a summary aligns what it shows",
    [0.0, 1.0, 1000000000.0, 2.0, 3.0],
    [5],
    "float64",
    { threshold: 3, edgeItems: 2 },
    ["[0. 1. ... 2. 3.]"],
  ],
  [
    "booleans in a summary",
    new Array(1200).fill(true),
    [1200],
    "bool",
    {},
    ["[ True  True  True ...  True  True  True]"],
  ],
];

test.each(cases)("%s", (_name, values, shape, dtype, options, lines) => {
  const source = dtype === "float32" ? Float32Array.from(values, Number) : values;
  expect(formatArray(source, shape, dtype, options).split("\n")).toEqual(lines);
});

afterEach(() => setPrintOptions({ precision: 8, threshold: 1000, edgeItems: 3, suppress: false }));

test("a tensor prints with its shape and dtype, its rows below each other", () => {
  expect(formatTensor([1, 2, 3, 4], [2, 2], "float64").split("\n")).toEqual([
    "tensor([[1., 2.],",
    "        [3., 4.]], shape=[2, 2], float64)",
  ]);
  expect(formatTensor([1, 0], [2], "bool")).toBe("tensor([ True, False], shape=[2], bool)");
  expect(formatTensor([1.5], [], "float32")).toBe("tensor(1.5, shape=[], float32)");
  expect(formatTensor([], [0, 3], "float64")).toBe("tensor([], shape=[0, 3], float64)");
});

test("the shape goes to a line of its own where the last line is full", () => {
  expect(formatTensor(range(30), [30], "int32").split("\n")).toEqual([
    "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15,",
    "        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29],",
    "       shape=[30], int32)",
  ]);
});

test("a summary reads only what it shows", () => {
  const read: number[] = [];
  const at = (index: number) => {
    read.push(index);
    return index;
  };
  expect(formatTensor(at, [1e5, 1e5], "float64")).toContain("...,");
  expect(read).toHaveLength(36);
  expect(read.slice(0, 7)).toEqual([0, 1, 2, 99997, 99998, 99999, 100000]);
});

test("options last until they change", () => {
  setPrintOptions({ precision: 3 });
  setPrintOptions({ suppress: true });
  expect(getPrintOptions()).toEqual({ precision: 3, threshold: 1000, edgeItems: 3, suppress: true });
  expect(formatArray([Math.PI, 1e-9], [2], "float64")).toBe("[3.142 0.   ]");
  getPrintOptions().precision = 1;
  expect(getPrintOptions().precision).toBe(3);
});

test.each([
  { precision: -1 },
  { precision: 2.5 },
  { precision: Number.NaN },
  { threshold: -1 },
  { threshold: Number.NaN },
  { edgeItems: 0 },
  { suppress: 1 as unknown as boolean },
])("setPrintOptions refuses %o and changes nothing", (options) => {
  const before = getPrintOptions();
  expect(() => setPrintOptions({ precision: 2, ...options })).toThrow(
    expect.objectContaining({ code: "ERR_ADJOINT_ARGUMENT", operation: "setPrintOptions" }),
  );
  expect(getPrintOptions()).toEqual(before);
});
