/** A value that only Secrets hold: it must show up nowhere else. */
export const SECRET_MARKER = 'ToPsEcReT';
/** A value of ConfigMaps and literal environments: the status branch must not carry it. */
export const CONFIG_MARKER = 'cOnFiGvAlUe';
