import * as jacobianThatDoesNotSum from "./a_jacobian_that_does_not_sum.mjs";
import * as broadcastMatmul from "./broadcast_matmul.mjs";
import * as nestedJacobians from "./nested_jacobians.mjs";
import { present } from "./program.mjs";
import * as inverseThatLied from "./the_inverse_that_lied.mjs";
import * as threeGradients from "./three_gradients_of_an_eigenvalue.mjs";

const programs = [threeGradients, broadcastMatmul, inverseThatLied, jacobianThatDoesNotSum, nestedJacobians];

for (const [i, program] of programs.entries()) {
  if (i > 0) console.log("\n");
  present(program);
}
