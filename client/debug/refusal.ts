/** A request that can't be answered, with the reason for the user. */
export class Refusal extends Error {}
