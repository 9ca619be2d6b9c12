/** Schedules the drawing of the page, at most once per frame. */
export interface Drawing {
  /** Draws in the next frame. */
  readonly schedule: () => void;
  /** Draws in the next frame and rebuilds everything on the screen. */
  readonly rebuild: () => void;
}

/** Returns the scheduler. `draw` receives true if it must rebuild everything, as at the first call. */
export function oncePerFrame(draw: (mustRebuild: boolean) => void): Drawing {
  let isDue = false;
  let mustRebuild = true;
  const schedule = (): void => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      draw(mustRebuild);
      mustRebuild = false;
    });
  };
  return {
    schedule,
    rebuild() {
      mustRebuild = true;
      schedule();
    },
  };
}
