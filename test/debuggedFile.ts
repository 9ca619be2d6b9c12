/** Returns a small file to debug: two layers on points of two moons, in mini-batches of 16 rows. */
export const debuggedFile = (epochs: number, hidden = 3): string => `model Net {
  input x1, x2
  hidden: dense ${hidden} tanh
  last: dense 1
}
data D {
  source moons(samples=64, noise=0.1)
}
train Net on D {
  loss mse
  optimizer sgd(learning_rate=0.1)
  batch 16
  epochs ${epochs}
}
`;
