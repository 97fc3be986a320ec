import { EMPTY_CONFIG, mergeConfigs, type TransformerConfig } from '../config/transformer-config.ts';
import type { Var } from '../kustomization/kustomization.ts';
import { RenderError } from '../problems.ts';
import { ResourceList } from '../resources/resource-list.ts';

/** What a kustomization has gathered: objects, the fields that transformers change, and vars. */
export class Accumulator {
  list = new ResourceList();
  config: TransformerConfig = EMPTY_CONFIG;
  vars: readonly Var[] = [];

  mergeConfig(config: TransformerConfig): void {
    this.config = mergeConfigs(this.config, config);
  }

  addVars(vars: readonly Var[]): void {
    for (const variable of vars) {
      if (this.vars.some(({ name }) => name === variable.name)) {
        throw new RenderError('RenderFailed', `the var ${variable.name} is there twice`, {
          help: 'give one of the two another name',
          at: variable.at,
        });
      }
      this.vars = [...this.vars, variable];
    }
  }

  merge(other: Accumulator): void {
    this.list.appendAll(other.list.items);
    this.mergeConfig(other.config);
    this.addVars(other.vars);
  }

  /** A copy that can be changed without changing this. */
  copy(): Accumulator {
    const copy = new Accumulator();
    copy.list = this.list.copy();
    copy.config = this.config;
    copy.vars = this.vars;
    return copy;
  }
}
