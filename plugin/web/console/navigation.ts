/** The pages of the console, as its navigation shows them. */

interface Section {
  name: string;
  /** Not shown to viewers. */
  isForAdmins?: boolean;
  /** The pages of the section; the section's own address is the first one's. */
  pages: readonly { path: string; name: string }[];
}

const single = (path: string, name: string): Section => ({ name, pages: [{ path, name }] });

const sections: readonly Section[] = [
  single('/console', 'Overview'),
  single('/console/trainers', 'Trainers'),
  single('/console/projects', 'Projects'),
  single('/console/budgets', 'Budgets'),
  {
    name: 'Usage',
    pages: [
      { path: '/console/usage', name: 'Usage' },
      { path: '/console/held', name: 'Held' },
    ],
  },
  {
    name: 'Activity',
    pages: [
      { path: '/console/deliveries', name: 'Deliveries' },
      { path: '/console/queue', name: 'Queue' },
      { path: '/console/audit', name: 'Audit log' },
    ],
  },
  {
    name: 'Actions',
    isForAdmins: true,
    pages: [
      { path: '/console/doctor', name: 'Doctor' },
      { path: '/console/reconcile', name: 'Reconcile' },
      { path: '/console/sync', name: 'Sync' },
      { path: '/console/report', name: 'Report' },
    ],
  },
  {
    name: 'Settings',
    pages: [
      { path: '/console/settings', name: 'Settings' },
      { path: '/connect', name: 'Connection' },
    ],
  },
];

export interface NavigationLink {
  name: string;
  path: string;
  current: boolean;
}

export interface Navigation {
  sections: NavigationLink[];
  /** The pages of the current section; empty where it has one only. */
  pages: NavigationLink[];
}

/** The navigation as it looks on the page with this address, for an admin or a viewer. */
export function navigation(current: string, isAdmin: boolean): Navigation {
  const shown = sections.filter(({ isForAdmins }) => isAdmin || !isForAdmins);
  const isOpen = (section: Section): boolean => section.pages.some(({ path }) => path === current);
  const open = shown.find(isOpen);
  return {
    sections: shown.map((section) => ({
      name: section.name,
      path: section.pages[0]?.path ?? '/console',
      current: isOpen(section),
    })),
    pages: open && open.pages.length > 1 ? open.pages.map((page) => ({ ...page, current: page.path === current })) : [],
  };
}
