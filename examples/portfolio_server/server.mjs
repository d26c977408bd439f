// POST /minimum-variance { "covariance": [[…], …] } gives weights, variance and sensitivities.
//
//     node examples/portfolio_server/server.mjs [port]
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { LinAlgError, tensor } from "adjoint";
import { analyse } from "./portfolio.mjs";

const MOST_BYTES = 1 << 20;
const MOST_ASSETS = 200;
const SYMMETRY = 1e-9;

/** What the client got wrong, with the status to say so. */
class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new RequestError(413, `the body is larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw new RequestError(400, `the body is not JSON: ${error.message}`);
  }
}

/** The error of `tensor` says which entry of a nested array is wrong. */
function tensorOf(rows) {
  try {
    return tensor(rows, { dtype: "float64" });
  } catch (error) {
    throw new RequestError(400, error.message);
  }
}

function covarianceOf(body) {
  const rows = body?.covariance;
  if (!Array.isArray(rows)) throw new RequestError(400, 'expected { "covariance": [[number, …], …] }');
  if (rows.length === 0 || rows.length > MOST_ASSETS)
    throw new RequestError(400, `expected 1 to ${MOST_ASSETS} assets, got ${rows.length}`);
  const covariance = tensorOf(rows);
  if (covariance.ndim !== 2 || covariance.shape[0] !== covariance.shape[1])
    throw new RequestError(400, `expected a square matrix, got shape [${covariance.shape}]`);
  if (!covariance.isFinite().all().item())
    throw new RequestError(400, "the covariance has entries beyond float64");
  const asymmetry = covariance.sub(covariance.mT).abs().max().item();
  if (!(asymmetry <= SYMMETRY * covariance.abs().max().item()))
    throw new RequestError(400, "the covariance is not symmetric");
  return covariance;
}

function failure(error) {
  if (error instanceof RequestError) return [error.status, error.message];
  if (error instanceof LinAlgError) return [400, "the covariance is not positive definite"];
  return [500, "internal error"];
}

function send(response, status, content) {
  if (response.writableEnded || response.destroyed) return;
  const text = JSON.stringify(content);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

async function answer(request, response) {
  if (request.url !== "/minimum-variance") throw new RequestError(404, `there is no ${request.url}`);
  if (request.method !== "POST") throw new RequestError(405, `${request.method} is not POST`);
  const covariance = covarianceOf(await bodyOf(request));
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  send(response, 200, await analyse(covariance, gone.signal));
}

export function portfolioServer() {
  return createServer((request, response) => {
    answer(request, response).catch((error) => {
      const [status, message] = failure(error);
      if (status === 500 && !response.destroyed) console.error(error);
      request.resume();
      send(response, status, { error: message });
    });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const server = portfolioServer().listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${server.address().port}/minimum-variance`);
  });
  process.once("SIGTERM", () => server.close());
}
