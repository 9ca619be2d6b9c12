/** The shapes of tensors. */

/** The sizes of the axes without the batch axis: [784], [28, 28]. */
export type Shape = readonly number[];

export type ShapeProblem =
  | { readonly problem: "several_axes"; readonly shape: Shape }
  | {
      readonly problem: "different_shapes";
      readonly first: Shape;
      readonly other: Shape;
      readonly otherIndex: number;
      /** Whether the last axes may differ. */
      readonly exceptLast: boolean;
    }
  | { readonly problem: "different_size"; readonly from: Shape; readonly to: Shape };

/** The length of the last axis. Softmax and the categorical losses are computed over it. */
export const lastAxis = (shape: Shape): number => shape.at(-1) ?? 1;
export const sizeOf = (shape: Shape): number => shape.reduce((product, axis) => product * axis, 1);
export const isShape = (value: Shape | ShapeProblem): value is Shape => Array.isArray(value);
/** Returns the shape as written in a file: 784, 28x28. */
export const shapeText = (shape: Shape): string => shape.join("x");
