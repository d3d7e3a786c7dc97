from django.urls import path

from inventory.views import board, claims, stock, units

app_name = "inventory"
urlpatterns = [
    path("", board.board, name="board"),
    path("buildings/<int:pk>/cells/", board.board_cells, name="board_cells"),
    path("buildings/<int:pk>/release/", stock.building_release, name="building_release"),
    path("release/", stock.release_list, name="release_list"),
    path("prices/<int:pk>/approve/", stock.prices_approve, name="prices_approve"),
    path("units/<int:pk>/", units.unit_detail, name="unit_detail"),
    path("units/<int:pk>/similar/", units.unit_similar, name="unit_similar"),
    path("units/<int:pk>/confirm/", units.unit_confirm, name="unit_confirm"),
    path("units/<int:pk>/reserve/", units.unit_reserve, name="unit_reserve"),
    path("units/<int:pk>/hold/", units.unit_hold, name="unit_hold"),
    path("units/<int:pk>/block/", units.unit_block, name="unit_block"),
    path("reservations/", claims.reservation_list, name="reservation_list"),
    path("reservations/<int:pk>/", claims.reservation_detail, name="reservation_detail"),
    path("reservations/<int:pk>/release/", claims.reservation_release, name="reservation_release"),
    path("reservations/<int:pk>/extend/", claims.reservation_extend, name="reservation_extend"),
    path("reservations/<int:pk>/end/", claims.reservation_end, name="reservation_end"),
]
