/** A bounded weight of work under way; the first failure is what `room` throws from then on. */
export interface Flight {
  /** Waits until there is room for one more. */
  room(): Promise<void>;
  /** Starts a task of weight 1, or what it says itself once it knows. */
  start(task: (weigh: (weight: number) => void) => Promise<void>): Promise<void>;
}

export function openFlight(most: number): Flight {
  let weight = 0;
  let failure: { readonly error: unknown } | undefined;
  let changed = Promise.withResolvers<void>();
  const change = (by: number) => {
    weight += by;
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };

  return {
    async room() {
      while (weight >= most && failure === undefined) {
        await changed.promise;
      }
      if (failure !== undefined) {
        throw failure.error;
      }
    },

    async start(task) {
      let own = 1;
      change(own);
      try {
        await task((heavier) => {
          change(Math.max(1, heavier) - own);
          own = Math.max(1, heavier);
        });
      } catch (error) {
        failure ??= { error };
        throw error;
      } finally {
        change(-own);
      }
    },
  };
}
