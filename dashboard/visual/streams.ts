import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Streams are a service's that stay open, as those that a browser's tests answer by themselves can't. */
export class Streams {
  private server: Server | undefined;
  private readonly open = new Map<string, Set<ServerResponse>>();

  /** at is an address at which a stream begins with a text, and goes on with what is told. */
  async at(key: string, begins: string): Promise<string> {
    this.server ??= await new Promise<Server>((listening) => {
      const s = createServer((req, res) => {
        const { searchParams } = new URL(req.url ?? '/', 'http://streams');
        const of = searchParams.get('of') ?? '';
        res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
        res.write(searchParams.get('begins'));
        const all = this.open.get(of) ?? new Set();
        this.open.set(of, all.add(res));
        res.on('close', () => all.delete(res));
      }).listen(0, '127.0.0.1', () => listening(s));
    });
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/?${new URLSearchParams({ of: key, begins }).toString()}`;
  }

  tell(key: string, text: string): void {
    for (const res of this.open.get(key) ?? []) res.write(text);
  }

  /** cut is what becomes of a connection that is lost. */
  cut(key: string): void {
    for (const res of this.open.get(key) ?? []) res.destroy();
  }

  close(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }
}
