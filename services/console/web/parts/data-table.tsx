import type { ComponentChildren } from "preact";

/** The head of a column: its title, or one with classes, or one that only screen readers hear. */
export type Column = string | { readonly title: string; readonly class?: string; readonly hidden?: true };

export interface DataTableProps {
  /** What the table is of, for screen readers. */
  readonly caption: string;
  readonly columns: readonly Column[];
  /** Below the table: what is not listed, or why nothing is. */
  readonly foot?: ComponentChildren;
  /** Its rows. */
  readonly children: ComponentChildren;
}

/** A table of rows, all of a page's tables alike. */
export function DataTable({ caption, columns, foot, children }: DataTableProps) {
  return (
    <div class="table-box">
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>{columns.map(headOf)}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
      {foot}
    </div>
  );
}

function headOf(column: Column) {
  if (typeof column === "string")
    return (
      <th key={column} scope="col">
        {column}
      </th>
    );
  const { title, hidden } = column;
  return (
    <th key={title} scope="col" class={column.class}>
      {hidden === true ? <span class="visually-hidden">{title}</span> : title}
    </th>
  );
}
