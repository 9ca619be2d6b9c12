/** Measures a JavaScript library. Arguments: the library, the workload as JSON, and the folder with the installed libraries. */
import { createRequire } from "node:module";
import { join } from "node:path";

const [library, json, folder] = process.argv.slice(2);
const work = JSON.parse(json);
const require = createRequire(join(folder, "package.json"));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const { layers, rows, batch, epochs, rate } = work;
const [inputs, outputs] = [layers[0], layers.at(-1)];
const x = Array.from({ length: rows }, () => Array.from({ length: inputs }, () => Math.random()));
const y = Array.from({ length: rows }, (_, i) =>
  work.loss === "sparse" ? Array.from({ length: outputs }, (_, k) => (i % outputs === k ? 1 : 0)) : [i % 2],
);

/**
 * Returns the median of the milliseconds per epoch. `epoch` trains `share` of an epoch, so its time is scaled up accordingly. Short epochs
 * are timed in groups, so that the clock and promises do not matter.
 */
const timed = async (epoch, share = 1) => {
  const times = [];
  const until = performance.now() + 1000 * (work.seconds ?? 20);
  const first = performance.now();
  await epoch();
  const together = Math.min(Math.ceil(epochs / 20), Math.ceil(20 / (performance.now() - first)));
  for (let k = 0; k < epochs && (times.length < 2 || performance.now() < until); k += together) {
    const began = performance.now();
    for (let i = 0; i < together; i++) {
      const promise = epoch();
      if (promise) await promise;
    }
    times.push((performance.now() - began) / share / together);
  }
  return median(times.slice(1));
};

const RUN = {
  async tfjs(backend) {
    const tf = require("@tensorflow/tfjs");
    if (backend === "wasm") {
      const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
      setWasmPaths(join(folder, "node_modules/@tensorflow/tfjs-backend-wasm/dist/"));
    }
    await tf.setBackend(backend);
    await tf.ready();
    const model = tf.sequential();
    layers.slice(1).forEach((units, k) => {
      const last = k === layers.length - 2;
      const activation = last ? { sparse: "softmax", binary: "sigmoid", mse: "linear" }[work.loss] : work.hidden;
      model.add(tf.layers.dense({ units, activation, ...(k === 0 && { inputShape: [inputs] }) }));
    });
    const loss = { sparse: "categoricalCrossentropy", binary: "binaryCrossentropy", mse: "meanSquaredError" }[work.loss];
    model.compile({ loss, optimizer: work.optimizer === "adam" ? tf.train.adam(rate) : tf.train.sgd(rate) });
    const batches = [];
    // For a wide network, a few batches are measured and scaled up.
    const share = layers.reduce((a, b) => a + b, 0) > 2000 ? 1 / 16 : 1;
    for (let at = 0; at < rows * share; at += batch)
      batches.push([tf.tensor2d(x.slice(at, at + batch)), tf.tensor2d(y.slice(at, at + batch))]);
    return await timed(async () => {
      for (const [xs, ys] of batches) {
        if (work.passes) {
          const out = model.predict(xs, { batchSize: batch });
          await out.data();
          out.dispose();
        } else await model.trainOnBatch(xs, ys);
      }
    }, share);
  },
  async synaptic() {
    const { Architect } = require("synaptic");
    const net = new Architect.Perceptron(...layers);
    return await timed(() => {
      for (let i = 0; i < rows; i++) {
        net.activate(x[i]);
        net.propagate(rate, y[i]);
      }
    });
  },
  async brain() {
    const { NeuralNetwork } = require("brain.js");
    const net = new NeuralNetwork({ hiddenLayers: layers.slice(1, -1), activation: "sigmoid" });
    const data = x.map((input, i) => ({ input, output: y[i] }));
    net.train(data.slice(0, 4), { iterations: 1 });
    const together = rows < 1000 ? 20 : 1;
    return await timed(() => net.train(data, { iterations: together, errorThresh: 1e-9, learningRate: rate }), together);
  },
  /** TensorFlow Playground's algorithm in its shortest form: one node and one link at a time. */
  async playground() {
    const act = {
      relu: [(z) => Math.max(0, z), (z) => (z > 0 ? 1 : 0)],
      tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
      sigmoid: [
        (z) => 1 / (1 + Math.exp(-z)),
        (z) => {
          const s = 1 / (1 + Math.exp(-z));
          return s * (1 - s);
        },
      ],
      linear: [(z) => z, () => 1],
    };
    const net = layers.map((units, l) =>
      Array.from({ length: units }, () => ({
        links: [],
        outs: [],
        z: 0,
        a: 0,
        bias: 0.1,
        der: 0,
        dbias: 0,
        act: act[l === layers.length - 1 ? "linear" : work.hidden],
      })),
    );
    for (let l = 1; l < net.length; l++)
      for (const to of net[l])
        for (const from of net[l - 1]) {
          const link = { from, to, weight: Math.random() - 0.5, sum: 0 };
          to.links.push(link);
          from.outs.push(link);
        }
    let seen = 0;
    return await timed(() => {
      for (let i = 0; i < rows; i++) {
        for (const [k, node] of net[0].entries()) node.a = x[i][k];
        for (let l = 1; l < net.length; l++)
          for (const node of net[l]) {
            node.z = node.bias;
            for (const { weight, from } of node.links) node.z += weight * from.a;
            node.a = node.act[0](node.z);
          }
        for (let l = net.length - 1; l >= 1; l--)
          for (const [k, node] of net[l].entries()) {
            if (l === net.length - 1) node.out = node.a - (y[i][k] ?? 0);
            else {
              node.out = 0;
              for (const { weight, to } of node.outs) node.out += weight * to.der;
            }
            node.der = node.out * node.act[1](node.z);
            node.dbias += node.der;
            for (const link of node.links) link.sum += node.der * link.from.a;
          }
        if (++seen % batch === 0)
          for (let l = 1; l < net.length; l++)
            for (const node of net[l]) {
              node.bias -= (rate / batch) * node.dbias;
              node.dbias = 0;
              for (const link of node.links) {
                link.weight -= (rate / batch) * link.sum;
                link.sum = 0;
              }
            }
      }
    });
  },
};

const [kind, backend] = library.split("-");
const ms = await RUN[kind](backend);
console.log(JSON.stringify({ ms }));
process.exit(0);
