const pauseMs = 300;

/** Asks until the answer is the one waited for. */
export async function waitFor<Answer>(ask: () => Promise<Answer>, isIt: (answer: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
