/* versions.h - which program this is, and of what. */
#ifndef RUAMILL_VERSIONS_H
#define RUAMILL_VERSIONS_H

/* Prints "ruamill 0.1.0", and a line for each library as it is here: a
 * distribution mends libraries without giving them another number, so a line
 * says, too, what was looked for in it. */
void versions_print(void);

#endif
