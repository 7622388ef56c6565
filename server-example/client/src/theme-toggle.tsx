import { MonitorIcon, MoonIcon, SunIcon } from 'lucide-react';
import { useState } from 'react';
import { cn } from '@/lib/utils';

const themes = [
  { value: 'light', label: 'Light', Icon: SunIcon },
  { value: 'dark', label: 'Dark', Icon: MoonIcon },
  { value: 'system', label: 'System', Icon: MonitorIcon },
] as const;

/** Light, dark, or as the system has it. `public/theme.js` sets the class. */
export function ThemeToggle({ className }: { className?: string }) {
  const [theme, setTheme] = useState(() => localStorage.getItem('theme') ?? 'system');

  function choose(value: string) {
    if (value === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', value);
    dispatchEvent(new Event('theme'));
    setTheme(value);
  }

  return (
    <fieldset className={cn('flex w-fit gap-0.5 rounded-full border bg-background p-0.5', className)}>
      <legend className="sr-only">Colour theme</legend>
      {themes.map(({ value, label, Icon }) => (
        <button
          key={value}
          type="button"
          aria-label={label}
          title={label}
          aria-pressed={theme === value}
          onClick={() => choose(value)}
          className="grid size-7 place-items-center rounded-full text-muted-foreground outline-none hover:text-foreground focus-visible:ring-[3px] focus-visible:ring-ring/50 aria-pressed:bg-accent aria-pressed:text-foreground"
        >
          <Icon aria-hidden="true" className="size-3.5" />
        </button>
      ))}
    </fieldset>
  );
}
