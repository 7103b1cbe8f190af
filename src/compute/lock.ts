/**
 * One queue around every ORT call of a thread: two overlapping runs on WebGPU block the thread for good.
 * The returned function runs `task` when all earlier ones have settled, and settles as it does.
 */
export function createLock(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const turn = last.then(task, task);
    last = turn.catch(() => {});
    return turn;
  };
}
