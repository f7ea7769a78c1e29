import { isParent, type BytesField, type Field } from './wire-tree.js';
import type { MessageName } from './message-kinds.js';

/** A field and the list that it is in. */
export interface Place<F extends Field = Field> {
  /** Fields of the message around it. */
  readonly siblings: Field[];
  /** Where in the list it is. */
  readonly index: number;
  /** The field. */
  readonly field: F;
  /** The message around it. */
  readonly message: MessageName;
}

/** Every field of a tree, outermost first; without recursion. */
export function allPlaces(model: readonly Field[]): Place[] {
  const places: Place[] = [];
  const open = [{ members: model as Field[], message: 'Model' as MessageName }];
  // The list grows while it is walked.
  for (const { members, message } of open) {
    for (const [index, field] of members.entries()) {
      places.push({ siblings: members, index, field, message });
      if (isParent(field)) {
        open.push({ members: field.members, message: field.content as MessageName });
      }
    }
  }
  return places;
}

/** The lists of fields of all messages of a kind. */
export function membersOf(model: Field[], kind: MessageName): Field[][] {
  if (kind === 'Model') return [model];
  return allPlaces(model).flatMap(({ field }) =>
    isParent(field) && field.content === kind ? [field.members] : [],
  );
}

/** Bytes of all names of values and nodes, with their places. */
export function namePlaces(places: readonly Place[]): Place<BytesField & { bytes: Uint8Array }>[] {
  return places.filter(
    (place): place is Place<BytesField & { bytes: Uint8Array }> =>
      'content' in place.field && place.field.content === 'name' && place.field.bytes !== undefined,
  );
}

/** A deep copy of a field. */
export function copyOf<F extends Field>(field: F): F {
  return isParent(field) ? { ...field, members: field.members.map(copyOf) } : { ...field };
}
