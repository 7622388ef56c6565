/** A person's initials. */
export function Avatar({ name }: { name: string }) {
  const words = name.split(/[\s@.]+/).filter(Boolean);
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toLocaleUpperCase();
  return (
    <span
      aria-hidden="true"
      className="grid size-8 shrink-0 select-none place-items-center rounded-full bg-secondary font-medium text-secondary-foreground text-xs"
    >
      {initials}
    </span>
  );
}
