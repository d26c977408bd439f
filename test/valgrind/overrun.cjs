// A write out of bounds, which valgrind has to find: the length that is claimed is not the buffer's.
const { frame, kernels, addressOf, execute } = require(process.env.ADJOINT_BINARY);

const slots = new Float64Array(frame);
const memory = new ArrayBuffer(64);
slots.set([kernels.indexOf("fill_f64"), 1, 9, addressOf(memory), 72, 0, 1, 7], 8);
execute(memory);
