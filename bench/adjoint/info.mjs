// What the library runs on, for the header of the table.
import { info } from "adjoint";
import "./threads.mjs";

process.stdout.write(JSON.stringify(info()));
