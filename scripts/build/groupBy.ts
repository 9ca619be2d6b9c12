/**
 * Adds `Object.groupBy` and `Map.groupBy`, which Node 20 lacks. The build puts this file first in the bundles that may run on Node 20: the
 * terminal command and the language server. `test/terminal/olderNode.test.ts` fails if a bundle calls anything else that Node 20 lacks.
 */

function mapGroupBy<K, T>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index);
    index += 1;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function objectGroupBy<K extends PropertyKey, T>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Partial<Record<K, T[]>> {
  const groups = Object.create(null) as Partial<Record<K, T[]>>;
  for (const [key, group] of mapGroupBy(items, keyOf)) groups[key] = group;
  return groups;
}

Map.groupBy ??= mapGroupBy;
Object.groupBy ??= objectGroupBy;
