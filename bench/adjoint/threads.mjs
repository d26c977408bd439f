// As many threads as the row says, for all of adjoint.
import { setNumThreads } from "adjoint";

setNumThreads(Number(process.env.OMP_NUM_THREADS));
