// Sets the class `dark` from the stored choice ('light', 'dark'), else from the system, and keeps it right.
(() => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const choice = localStorage.getItem('theme');
    document.documentElement.classList.toggle(
      'dark',
      choice === 'dark' || (choice !== 'light' && system.matches),
    );
  };
  system.addEventListener('change', apply);
  addEventListener('theme', apply);
  addEventListener('storage', apply);
  apply();
})();
