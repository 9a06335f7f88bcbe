/** A parameter of a pipeline. */
export interface Parameter {
  name: string;
  type: string;
  fallback: string | undefined;
  choices: readonly string[] | undefined;
}

/** A step of the graph: on which layer it stands, and after which steps. */
export interface GraphStep {
  name: string;
  type: string;
  layer: number;
  after: readonly { name: string; when: string }[];
}

export interface Graph {
  parameters: readonly Parameter[];
  /** In the order of their layers. */
  steps: readonly GraphStep[];
}

interface WrittenStep {
  Name: string;
  Type: string;
  DependsOn?: (string | { Step: string; Trigger?: string })[];
  Arguments?: { IfSteps?: WrittenStep[]; ElseSteps?: WrittenStep[] };
}

interface Written {
  Parameters?: { Name: string; Type: string; DefaultValue?: unknown; EnumValues?: unknown[] }[];
  Steps: WrittenStep[];
}

/** Reads a definition, which the server has checked. */
export function readGraph(text: string): Graph {
  const { Parameters = [], Steps } = JSON.parse(text) as Written;
  const after = new Map<string, { type: string; edges: Map<string, string> }>();
  const add = (step: WrittenStep, branch?: { name: string; when: string }): void => {
    const { IfSteps = [], ElseSteps = [], ...own } = step.Arguments ?? {};
    const edges = new Map<string, string>(branch && [[branch.name, branch.when]]);
    // Whatever it takes from another step, it waits for.
    for (const [, name] of JSON.stringify({ ...step, Arguments: own }).matchAll(/"Steps\.([A-Za-z0-9-]+)[.[]/g))
      if (name !== step.Name && !edges.has(name!)) edges.set(name!, '');
    for (const each of step.DependsOn ?? []) {
      const [name, when] = typeof each === 'string' ? [each, ''] : [each.Step, each.Trigger ?? ''];
      edges.set(name, when === 'Completed' ? '' : when.toLowerCase());
    }
    after.set(step.Name, { type: step.Type, edges });
    for (const each of IfSteps) add(each, { name: step.Name, when: 'if' });
    for (const each of ElseSteps) add(each, { name: step.Name, when: 'else' });
  };
  for (const step of Steps) add(step);
  const layers = new Map<string, number>();
  const layerOf = (name: string): number => {
    const known = layers.get(name);
    if (known !== undefined) return known;
    layers.set(name, 0);
    const before = [...(after.get(name)?.edges.keys() ?? [])].filter((each) => after.has(each)).map(layerOf);
    const layer = before.length === 0 ? 0 : Math.max(...before) + 1;
    layers.set(name, layer);
    return layer;
  };
  const steps = [...after].map(([name, { type, edges }]) => ({
    name,
    type,
    layer: layerOf(name),
    after: [...edges].filter(([each]) => after.has(each)).map(([each, when]) => ({ name: each, when })),
  }));
  return {
    parameters: Parameters.map(({ Name, Type, DefaultValue, EnumValues }) => ({
      name: Name,
      type: Type,
      fallback: DefaultValue === undefined || DefaultValue === null ? undefined : String(DefaultValue),
      choices: EnumValues?.map(String),
    })),
    steps: steps.sort((a, b) => a.layer - b.layer),
  };
}
