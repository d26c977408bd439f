import type { PCG64 } from "./pcg64.js";

/** Where the tail begins. */
const R = 3.6541528853610088;
const INVERSE_R = 0.27366123732975828;

/**
 * The widths of the 256 layers as NumPy has them, as little-endian doubles: to the last bits, which the definition
 * does not reproduce. The first is the base layer's area over the density at its end.
 */
const WIDTHS = [
  "edkVeDtJD0DG9v3jC43LP7RbLDyvUNI/YTtEOLl81T8Mpy/o/AHYP7zQTC4MI9o/92E4L00A3D90cnRaL6zdP8PVTC1IMt8/rbuO",
  "JzJN4D9DXQI7BfXgP3c2QZemkuE/9Rp6j6In4j+A2GM4LrXiP/WRV8A/POM/L7GiwZ694z9Vm/+N7znkP6f+PTa7seQ/dNMaYnUl",
  "5T+WzgengJXlP+p+2c8xAuY/PXyjYdJr5j9wBQCSotLmP6b4RtPaNuc/dyqzEK2Y5z9D9UatRfjnP3cKQ1PMVeg/mnZ7nmSx6D+Y",
  "z06pLgvpP+oeLIJHY+k/RsU4jsm56T8sp6TczA7qP1nNd21nYuo/MBYQbq206j+cbBNtsQXrPyl6QoeEVes/Op9Sjjak6z8ygr8q",
  "1vHrP/NOWflwPuw/YTsypROK7D+LJnL+ydTsP0i3gA6fHu0/EB/kKZ1n7T/DuCMAzq/tP1N28ak69+0//u3Stes97j8Ab3oz6YPu",
  "P86C+b06ye4/JmLwhOcN7z+I9thU9lHvP67Xh55tle8/rC76fVPY7z/sNELgVg3wP5qPOfVALvA//KUWnupO8D8QoHJbVm/wPwv0",
  "cZCGj/A/E2G8hH2v8D9/zEtmPc/wP2sIFkvI7vA/7hWVMiAO8T++DzEHRy3xP0GRjp8+TPE/HiDEvwhr8T802ngap4nxP4ht7lEb",
  "qPE/yyr4+GbG8T8u1OCTi+TxP5+gQJmKAvI/6cbEcmUg8j8fw+l9HT7yP/trqQy0W/I/f9MdZip58j8b1xnHgZbyP9ouuGK7s/I/",
  "U7jhYtjQ8j+Oqcvo2e3yP9dIbg3BCvM/MLn04Y4n8z+hXiZwRETzP9VSyrriYPM/algFvmp98z9ksrJv3ZnzPwM9uL87tvM/4B1W",
  "mIbS8z+DWnLevu7zP3Se4HHlCvQ/XXSmLfsm9D+kMDzoAEP0P13HynP3XvQ/NsNmnt969D8vj0gyupb0P11BAvaHsvQ/3BGzrEnO",
  "9D8FpjgWAOr0P2JVXu+rBfU/WosK8k0h9T9PZmrV5jz1P8iyG053WPU/eF9VDgB09T8UhQ7GgY/1P1kbJCP9qvU/PXN90XLG9T/T",
  "jC974+H1Pzhen8hP/fU/wx+jYLgY9j+isKLoHTT2PwsmtwSBT/Y/cpbJV+Jq9j83MbGDQob2P7GyUCmiofY/u0Oz6AG99j9S0yhh",
  "Ytj2P1T4YTHE8/Y/62iL9ycP9z/GFGlRjir3P9zucNz3Rfc/H3PlNWVh9z9J9O/61nz3P5O9ushNmPc/CRSLPMqz9z/7ItvzTM/3",
  "P+fec4zW6vc/H+qGpGcG+D92hsjaACL4PxWfic6iPfg/vfXRH05Z+D/FfnpvA3X4Py33R1/DkPg/Q8AFko6s+D+cDKGrZcj4Pydq",
  "RFFJ5Pg/j7VzKToA+T9HgyjcOBz5P/wK7xJGOPk/iqIDeWJU+T/u1XC7jnD5PzEqLonLjPk/v5k/kxmp+T8s2dWMecX5PxF0byvs",
  "4fk/StL6JnL++T+SNvk5DBv6P1vIoiG7N/o/iLsLnn9U+j+kqUpyWnH6Pz0xoGRMjvo/CPGfPlar+j/O9VrNeMj6Pzazi+G05fo/",
  "GqHDTwsD+z9bmJrwfCD7PwAM4KAKPvs/Az3OQbVb+z8niT+5fXn7Pzz35fFkl/s/biWF22u1+z+iwC5rk9P7P4OugZvc8fs/oBbs",
  "bEgQ/D8tevDl1y78PxwNbhOMTfw/BYfsCGZs/D8XpuvgZov8P6uiNr2Pqvw/kNY7x+HJ/D834GgwXun8P26PizIGCf0/IO83ENso",
  "/T9HxjMV3kj9PyPx55YQaf0/pfvX9HOJ/T9wbiCZCar9Pw5J/PjSyv0/Ny5SldHr/T8c0kn7Bg3+P/ZG6sR0Lv4/iNHBmRxQ/j8l",
  "/pcvAHL+Pwq/KkshlP4/CG/3wIG2/j86pxB2I9n+P6nsAWEI/P4/IVPCijIf/z9tTbcPpEL/P2gBySBfZv8/gpeJBGaK/z+/InEY",
  "u67/P4XnL9Jg0/8/C/YYwVn4/z91oNNH1A4AQEfJjwKoIQBAqwKpg6k0AEDH9T5O2kcAQH6zrfY7WwBAaCanI9BuAEAXLmOPmIIA",
  "QFSi6AiXlgBAxMBxdc2qAEBI1O7RPb8AQDA9qjTq0wBAk2URz9ToAEC2n6bv//0AQEFwIARuEwFANV27myEpAUBtCcRpHT8BQDsu",
  "YEhkVQFA8+6dO/lrAUBhEtJ034IBQKzrTlYamgFAji9/d62xAUCUpnGpnMkBQDmu5Pvr4QFAAdniwp/6AUCBzASdvBMCQO7Tb3pH",
  "LQJAJJyspEVHAkDgWHbHvGECQC5ZqPqyfAJAeA53zS6YAkBSCipTN7QCQJfbljHU0AJA9XipsQ3uAkDurlbS7AsDQKOkaF57KgNA",
  "oxKuBcRJA0BAqDN60mkDQApBVpKzigNA+oiucHWsA0CmBBezJ88DQHX0YKrb8gNA2uW5nKQXBECUXlQVmD0EQBU6p0TOZARAvEOc",
  "dWKNBEAnWmudc7cEQAKJzQ0l4wRAQazpU58QBUBCfjpSEUAFQBvkSqmxcQVA2Y1xi8ClBUD+0DokitwFQEwehs9pFgZA6moAe85T",
  "BkDD5Z++QJUGQDLiCY1r2wZANHpf8CgnB0BzBglWlXkHQIzO1vQt1AdANPIpBQM5CEAUfKq/D6sIQJZEb5TgLglAq1dAAe7LCUBa",
  "d5R43I8KQLH9eDgfmAtAM60JgrQ7DUA=",
].join("");

const bytes = Uint8Array.from(atob(WIDTHS), (character) => character.charCodeAt(0));
const data = new DataView(bytes.buffer);
const width = Float64Array.from({ length: 256 }, (_, i) => data.getFloat64(8 * i, true));

/** The density at a layer's end, but for its constant factor. */
const density = width.map((x, i) => (i === 0 ? 1 : Math.exp(-0.5 * x * x)));
/** Below this, of 52 bits, a point of the layer lies under the density without a look at it. */
const inside = width.map((x, i) => {
  if (i === 1) return 0;
  return Math.floor(((i === 0 ? R : width[i - 1]) / x) * 2 ** 52);
});
const step = width.map((x) => x * 2 ** -52);

/** Beyond R, by Marsaglia's method. */
function tail(bits: PCG64, negative: boolean): number {
  for (;;) {
    const x = -INVERSE_R * Math.log1p(-bits.nextDouble());
    const y = -Math.log1p(-bits.nextDouble());
    if (y + y > x * x) return negative ? -(R + x) : R + x;
  }
}

/**
 * The next standard normal number, as NumPy's `Generator.standard_normal` draws it.
 * @see Marsaglia and Tsang, "The ziggurat method for generating random variables", 2000; Doornik, "An improved
 * ziggurat method to generate normal random samples", 2005
 */
export function standardNormal(bits: PCG64): number {
  for (;;) {
    bits.next64();
    const { low, high } = bits;
    const layer = low & 0xff;
    // The 52 bits behind layer and sign.
    const magnitude = (high & 0x1fffffff) * 2 ** 23 + (low >>> 9);
    const x = (low & 0x100) !== 0 ? -magnitude * step[layer] : magnitude * step[layer];
    if (magnitude < inside[layer]) return x;
    if (layer === 0) return tail(bits, (low & 0x20000) !== 0);
    const height = (density[layer - 1] - density[layer]) * bits.nextDouble() + density[layer];
    if (height < Math.exp(-0.5 * x * x)) return x;
  }
}
