/** When the page is drawn: at most once a frame, however much has changed. */
export interface Drawing {
  readonly soon: () => void;
  /** Soon, and nothing of what is on the screen is kept. */
  readonly anew: () => void;
}

/** `draw` is told whether nothing may be kept; the first time it is. */
export function oncePerFrame(draw: (isNew: boolean) => void): Drawing {
  let isDue = false;
  let isNew = true;
  const soon = (): void => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      draw(isNew);
      isNew = false;
    });
  };
  return {
    soon,
    anew() {
      isNew = true;
      soon();
    },
  };
}
