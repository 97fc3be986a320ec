import type { AdapterLink, AdapterLinks } from '../../controllers/index.ts';
import { HttpMetricsAdapter } from '../../host/linux/http-metrics-adapter.ts';
import type { Configuration, MetricsAdapterConfiguration } from '../configuration/configuration.ts';
import { VERSION } from '../version.ts';

/**
 * Makes ready to ask whoever the configuration names for metrics. Nothing is asked before an autoscaler wants to know.
 */
export function openMetricsAdapters({ metrics }: Configuration): {
  readonly links: AdapterLinks;
  close(): void;
} {
  const links: AdapterLinks = {
    ...(metrics.custom === undefined ? {} : { custom: openAdapter(metrics.custom) }),
    ...(metrics.external === undefined ? {} : { external: openAdapter(metrics.external) }),
  };
  return {
    links,
    close: () => {
      for (const link of Object.values(links)) link.adapter.close();
    },
  };
}

function openAdapter({ target, ...settings }: MetricsAdapterConfiguration): AdapterLink {
  return { target, adapter: new HttpMetricsAdapter({ userAgent: `berth/${VERSION}`, ...settings }) };
}
