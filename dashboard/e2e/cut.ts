import { connect, createServer, type Server, type Socket } from 'node:net';

/** Cut is a way to the service that can be cut, as a network is: what is open ends, and nothing new gets through. */
export class Cut {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  constructor(private readonly to: { host: string; port: number }) {}

  /** Opens it, at the address it had before. */
  async mend(): Promise<string> {
    const server = createServer((near) => {
      const far = connect(this.to.port, this.to.host);
      for (const [s, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(s);
        s.on('error', () => other.destroy());
        s.on('close', () => {
          this.sockets.delete(s);
          other.destroy();
        });
        s.pipe(other);
      }
    });
    await new Promise<void>((listening) => server.listen(this.port, '127.0.0.1', listening));
    this.server = server;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.port = address.port;
    return `https://127.0.0.1:${this.port}`;
  }

  async cut(): Promise<void> {
    const closed = new Promise((done) => this.server?.close(done));
    for (const s of this.sockets) s.destroy();
    await closed;
  }
}
