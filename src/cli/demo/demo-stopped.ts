/** A person ended the demo before it was ready; nothing is wrong. */
export class DemoStopped extends Error {
  override readonly name = 'DemoStopped';

  constructor() {
    super('the demo was stopped');
  }
}
