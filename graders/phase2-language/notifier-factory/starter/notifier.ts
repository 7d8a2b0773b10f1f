export type Message = { to: string; subject: string; body: string }
export type Notifier = { send(message: Message): Promise<{ id: string }> }
export type Factory = (settings: any) => Notifier

export class UnknownChannelError extends Error {}

// TODO: look the channel up, and let its factory make a notifier.
export function createNotifier(_channel: string, _settings: unknown): Notifier {
  return { send: async () => ({ id: '' }) }
}

// TODO: remember the factory.
export function registerChannel(_name: string, _factory: Factory): void {}

// TODO: forget it, and say whether there was one.
export function unregisterChannel(_name: string): boolean {
  return false
}
