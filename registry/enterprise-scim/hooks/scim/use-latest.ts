import { type RefObject, useLayoutEffect, useRef } from 'react';

/** A ref to the newest value: lets an effect use a prop without running again when the prop is a new object. */
export function useLatest<T>(value: T): Readonly<RefObject<T>> {
  const ref = useRef(value);
  useLayoutEffect(() => {
    ref.current = value;
  });
  return ref;
}
