import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Browser } from '../e2e/driver/browser.mjs';
import { startServer } from '../server/server.mjs';
import { bundleAdapters, IMPLEMENTATIONS } from './adapters/index.mjs';
import { FaultProxy } from './proxy.mjs';
import { Pump } from './pump.mjs';
import { Scene } from './scene.mjs';

const directory = (path) => fileURLToPath(new URL(path, import.meta.url)).replace(/\/$/, '');
const TABS = 4;

/** Ends the worker from within, where the driver has no means to kill one: no word to anybody, as a killed one. */
const KILL = "\nnew BroadcastChannel('kill').onmessage = () => self.close();\n";

/** One server, one proxy before it, one browser: runs scenarios on implementations. */
export class Rig {
  #count = 0;

  static async start(browser, implementations) {
    const rig = new Rig();
    const mounts = {
      '/tabmux/': directory('../../pkg'),
      '/adapters/': await bundleAdapters(implementations),
      '/': directory('pages'),
    };
    rig.server = await startServer({ mounts });
    rig.proxy = await FaultProxy.start(rig.server.port);
    rig.browser = await Browser.launch(browser, { proxyPort: rig.proxy.port });
    if (browser !== 'chromium') {
      for (const { worker } of implementations.map((name) => IMPLEMENTATIONS[name])) {
        if (!worker) continue;
        const [, mount, file] = /^(\/[^/]+\/)(.*)$/.exec(worker);
        const body = readFileSync(`${mounts[mount]}/${file}`, 'utf8') + KILL;
        rig.server.overrides.set(worker, { headers: { 'content-type': 'text/javascript' }, body });
      }
    }
    return rig;
  }

  origin(host) {
    return `http://${host}:${this.proxy.port}`;
  }

  async stop() {
    await this.browser?.quit();
    await this.proxy?.close();
    await this.server?.close();
  }

  /** Streams of its own with nobody on them, and pumps to feed them. */
  scene(scenario, implementation, host) {
    this.#count += 1;
    const { isNamed } = IMPLEMENTATIONS[implementation];
    const options = scenario.options ?? {};
    const lanes = Array.from({ length: options.streams ?? 1 }, (_, lane) => {
      const stream = this.server.stream(`${this.#count}-${lane}-${scenario.name}`);
      stream.replay = true;
      stream.retry = 250;
      if (options.lostEvent) stream.lostEvent = isNamed ? options.lostEvent : 'message';
      const pump = new Pump(stream, {
        lane,
        channels: [],
        isNamed,
        hasIds: options.hasIds,
        heartbeat: isNamed ? options.heartbeat?.event : undefined,
      });
      return { stream, pump };
    });
    return new Scene({ rig: this, lanes, proxy: this.proxy, implementation, host, options });
  }

  /**
   * Run one scenario on one implementation with pages of `host`.
   * @returns the verdict over all tabs, with `isBroken`, and `records` of the tabs where it is
   */
  async run(scenario, implementation, host) {
    const scene = this.scene(scenario, implementation, host);
    const { lanes } = scene;
    const names = scenario.names ?? ((n) => ['news', `own-${n}`]);
    try {
      for (const { pump } of lanes) pump.start();
      for (let n = 0; n < TABS; n++) await scene.open(names(n), lanes[n % lanes.length]);
      await scene.warm();
      await scenario.run(scene);
      await scene.settle();
      await scene.judgeAll();
    } finally {
      await this.end(scene);
    }
    return scene.result(implementation === 'tabmux' ? undefined : scenario.knownOf?.[this.browser.name]);
  }

  /** Everything as before the scene: nothing is disturbed, no tab is left. */
  async end({ lanes }) {
    this.proxy.heal();
    await this.proxy.listen();
    for (const { pump, stream } of lanes) {
      pump.stop();
      stream.respond(null);
    }
    await this.browser.closeTabs();
  }
}
