/** The exports of the compiled module. Pointers are byte offsets into one memory that the caller lays out; sizes count numbers. */
export { kernelGradient } from "./gradient";
export { addBiasGradient, affine, inputGradient } from "./matrix";
export { useTallTiles } from "./tiles";
export { activate, addSlope, addSoftmaxGradient, softmax } from "./activations";
export { addLossGradient, addWeightedLossGradient, lossTotal, weightedLossTotal } from "./lossKernels";
export { runEpochs } from "./epochs";
export { addInto, copyTo } from "./calls";
export { runRecording, shuffle } from "./recording";
export { endThreads, serve, share, useThreads } from "./threads";
export { adadelta, adam, adamax, countZeros, gather, gradientStatistics, lion, momentum, rmsprop, sgd } from "./updates";

/** Returns 1 if a · b + c is rounded once, else 0: (1 + 2⁻¹²)(1 − 2⁻¹²) − 1 is −2⁻²⁴ if rounded once, else 0. */
export function isFused(): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 0;
  const a = f32x4.splat(1.000244140625);
  const b = f32x4.splat(0.999755859375);
  return f32x4.extract_lane(f32x4.relaxed_madd(a, b, f32x4.splat(-1)), 0) != 0 ? 1 : 0;
}
