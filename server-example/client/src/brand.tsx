import { Link } from './navigation.tsx';

/** The name, which leads to the first page. */
export function Brand() {
  return (
    <Link
      href="/"
      className="flex w-fit items-center gap-2 rounded-md font-semibold tracking-tight outline-none focus-visible:ring-[3px] focus-visible:ring-ring/50"
    >
      <svg viewBox="0 0 32 32" aria-hidden="true" className="size-6">
        <rect width="32" height="32" rx="8" className="fill-primary" />
        <path
          d="M9 8v16M23 8v16M9 16h14"
          fill="none"
          strokeWidth="3"
          strokeLinecap="round"
          className="stroke-primary-foreground"
        />
      </svg>
      Harbor
    </Link>
  );
}
