"""Answers in the wrong language: short German, French, Spanish and Italian texts, written for this purpose.

Controls are English with foreign words, names and code in it. It must not know how a check tells languages.
"""

from __future__ import annotations

from functools import partial
from random import Random

from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import add_sentence, pick
from tuneproof.curate.rows import PairRow

TEXTS: dict[str, tuple[str, ...]] = {
    "german": (
        "Die Funktion gibt eine Liste zurück, wenn die Datei gefunden wurde.",
        "Der Server startet erst, nachdem die Einstellungen gelesen wurden.",
        "Mit dieser Option wird die Ausgabe in eine Datei geschrieben.",
        "Ohne Angabe eines Wertes wartet das Programm höchstens zehn Sekunden.",
        "Wenn der Schlüssel fehlt, wird ein Fehler gemeldet und nichts gespeichert.",
        "Sie können den Namen des Ordners beim Aufruf angeben, er wird dann angelegt.",
        "Das Paket muss vor dem ersten Start installiert sein.",
        "Alle Zeilen, die mit einem Kommentar beginnen, werden übersprungen.",
    ),
    "french": (
        "La fonction renvoie une liste lorsque le fichier existe déjà.",
        "Le serveur ne démarre qu'après la lecture de la configuration.",
        "Avec cette option, le résultat est écrit dans un fichier.",
        "Si aucune valeur n'est donnée, le programme attend dix secondes au plus.",
        "Lorsque la clé manque, une erreur est signalée et rien n'est enregistré.",
        "Vous pouvez choisir le nom du dossier, qui sera créé s'il n'existe pas.",
        "Le paquet doit être installé avant le premier lancement.",
        "Toutes les lignes qui commencent par un commentaire sont ignorées.",
    ),
    "spanish": (
        "La función devuelve una lista cuando el archivo ya existe.",
        "El servidor no arranca hasta que se ha leído la configuración.",
        "Con esta opción, el resultado se escribe en un archivo.",
        "Si no se indica ningún valor, el programa espera diez segundos como máximo.",
        "Cuando falta la clave, se muestra un error y no se guarda nada.",
        "Puede elegir el nombre de la carpeta, que se crea si todavía no existe.",
        "El paquete tiene que estar instalado antes de la primera ejecución.",
        "Se omiten todas las líneas que empiezan con un comentario.",
    ),
    "italian": (
        "La funzione restituisce un elenco quando il file esiste già.",
        "Il server parte soltanto dopo aver letto la configurazione.",
        "Con questa opzione il risultato viene scritto in un file.",
        "Se non si indica alcun valore, il programma aspetta al massimo dieci secondi.",
        "Quando manca la chiave viene segnalato un errore e non si salva nulla.",
        "È possibile scegliere il nome della cartella, che viene creata se non esiste.",
        "Il pacchetto deve essere installato prima del primo avvio.",
        "Tutte le righe che cominciano con un commento vengono saltate.",
    ),
}
_QUESTIONS = {
    "german": "Was passiert, wenn ich keinen Wert angebe?",
    "french": "Que se passe-t-il si je ne donne aucune valeur ?",
    "spanish": "¿Qué ocurre si no indico ningún valor?",
    "italian": "Che cosa succede se non indico alcun valore?",
}
_FOREIGN_WORDS = (
    'The greeting "Guten Tag" is printed first.',
    'A label such as "fichier" or "dossier" is kept as it is.',
    'The sample text is "hola mundo".',
    "The city of São Paulo is in the time zone America/Sao_Paulo.",
    "It was written by Jürgen Müller and François Dupont.",
    'The locale `de_DE.UTF-8` sorts "ä" after "a".',
    'The string "Il gatto dorme" has three words.',
    "A déjà vu is no error, and neither is a façade.",
    'It translates "Datei" as "file" and "Ordner" as "folder".',
    "The el Niño data set and the Der Spiegel archive are examples.",
)
_TERSE = (
    "`json.dumps(obj, indent=2)`",
    "`pip install demo`",
    "None.",
    "`True`",
    "`--port 8080`",
    "`/etc/hosts`",
    "UTF-8.",
    "```python\nimport os\nprint(os.name)\n```",
    "`ValueError`",
    "`start`, `stop`, `step`",
    "Linux, macOS, Windows.",
)


def _text(language: str, row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, " ".join(rng.sample(TEXTS[language], rng.randrange(1, 4)))


def _half(language: str, row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if len(row.answer) > 160:
        return None
    gap = "\n\n" if "\n" in row.answer else " "
    return row.question, f"{row.answer.rstrip()}{gap}{' '.join(rng.sample(TEXTS[language], 3))}"


def _whole_pair(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    language = pick(tuple(TEXTS), rng)
    return _QUESTIONS[language], pick(TEXTS[language], rng)


def _foreign_words(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return (
        (row.question, add_sentence(row.answer, pick(_FOREIGN_WORDS, rng), rng))
        if len(row.answer.split()) > 5
        else None
    )


def _terse(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, pick(_TERSE, rng)


_FAULTS: dict[str, Edit] = {language: partial(_text, language) for language in TEXTS}
_MIXED: dict[str, Edit] = {f"{language} after English": partial(_half, language) for language in ("german", "french")}
RECIPES = (
    *fault("wrong_language", {**_FAULTS, **_MIXED, "question too": _whole_pair}),
    *control("wrong_language", {"foreign words in English": _foreign_words, "code and values": _terse}),
)
