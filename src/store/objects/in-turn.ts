/** Runs tasks of one name one after the other, and tasks of different names side by side. */
export function inTurn(): <Value>(name: string, task: () => Promise<Value>) => Promise<Value> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, task) => {
    const before = last.get(name);
    const mine = before === undefined ? task() : before.then(task, task);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
