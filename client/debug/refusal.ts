/** Thrown if a request can't be answered. The message tells the user why. */
export class Refusal extends Error {}
